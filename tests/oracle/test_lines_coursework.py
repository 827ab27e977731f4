"""Short programs as course repositories write them: losses, masks, views, in-place steps, hooks, dtypes, sizes, refusals; steps are run compiled too."""

from tests.oracle.lines import comparisons, table

BEGIN = """
p = nn.Parameter(t([1.0, -2.0, 3.0]))
w = nn.Parameter(T.randn(3, 4))
m = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 3))
x = T.randn(6, 4)
y = t([0, 2, 1, 1, 0, 2])
"""

LINES = table("""
weighted classes | l=nn.CrossEntropyLoss(weight=t([1.,2.,.5]))(m(x),y); l.backward(); R=l,m[0].weight.grad
ignored classes | z=y.clone(); z[[1,4]]=-100; l=F.cross_entropy(m(x),z); l.backward(); R=l,m[2].bias.grad
all ignored | l=F.cross_entropy(m(x),T.full((6,),-100)); l.backward(); R=l,m[2].bias.grad
smoothed, weighted and ignored | z=y.clone(); z[0]=1; l=F.cross_entropy(m(x),z,weight=t([1.,2.,.5]),ignore_index=1,label_smoothing=.1); l.backward(); R=l,m[2].bias.grad
smoothed sums | R=F.cross_entropy(m(x),y,label_smoothing=.2,reduction='sum'),F.cross_entropy(m(x),y,label_smoothing=.2,reduction='none')
soft targets | q=T.softmax(T.randn(6,3),1); l=F.cross_entropy(m(x),q,weight=t([1.,2.,3.]),label_smoothing=.1); l.backward(); R=l,m[2].bias.grad
pixels | a=T.randn(2,3,4,4,requires_grad=True); z=T.randint(0,3,(2,4,4)); z[0,0]=255; l=F.cross_entropy(a,z,ignore_index=255); l.backward(); R=l,a.grad
nll of pixels, none | a=T.randn(2,3,2,2).log_softmax(1); R=F.nll_loss(a,T.zeros(2,2,2,dtype=T.long),t([1.,2.,3.]),reduction='none')
bce with positive weights | a=T.randn(4,3,requires_grad=True); l=F.binary_cross_entropy_with_logits(a,T.ones(4,3),weight=t([1.,0.,2.]),pos_weight=t([1.,2.,3.])); l.backward(); R=l,a.grad
focal loss | a=m(x); q=a.softmax(1).gather(1,y[:,None]).squeeze(1); l=(-(1-q)**2*q.log()).mean(); l.backward(); R=l,m[0].weight.grad
dice loss | a=m(x).sigmoid(); z=F.one_hot(y,3).float(); l=1-2*(a*z).sum()/(a.sum()+z.sum()+1e-6); l.backward(); R=l,m[0].bias.grad
contrastive | a=F.normalize(m(x)); s=a@a.T/.1; s.fill_diagonal_(-1e9); l=F.cross_entropy(s,t([1,0,3,2,5,4])); l.backward(); R=l,m[2].weight.grad
contrastive by mask | a=F.normalize(m(x)); s=a@a.T; k=~T.eye(6,dtype=T.bool); R=s[k].view(6,5).logsumexp(1).mean(); R.backward(); R=R,m[2].weight.grad
triplet by distance | d=T.cdist(m(x),m(x)); k=(y[:,None]==y).float(); l=((d*k).max(1)[0]-(d+1e3*k).min(1)[0]+.2).clamp(min=0).mean(); l.backward(); R=l,m[2].weight.grad
KL of logs | R=F.kl_div(m(x).log_softmax(1),m(x+1).log_softmax(1),reduction='batchmean',log_target=True); R.backward(); R=m[0].weight.grad
VAE | mu,lv=m(x).chunk(3,1)[:2]; z=mu+T.randn_like(mu)*(.5*lv).exp(); l=(z**2).sum()-.5*(1+lv-mu**2-lv.exp()).sum(); l.backward(); R=l,m[0].bias.grad
huber against a column | R=F.huber_loss(m(x)[:,:1],y[:,None].float(),delta=.5)
mse that broadcasts nothing | F.mse_loss(m(x).sum(1),y.float().view(-1,1)[:3])
rows by mask | a=m(x); a=a[y==1]; a.sum().backward(); R=a,m[2].bias.grad
cells by mask | a=w*1; a[a<0]=0; a.sum().backward(); R=a,w.grad
cells by mask added to | a=w*1; a[a>0]+=1; (a**2).sum().backward(); R=a,w.grad
cells by mask of rows | a=w*1; a[t([True,False,True])]*=2; (a**2).sum().backward(); R=a,w.grad
columns by a list | a=w*1; a[:,[0,2]]=t([5.,6.]); (a**2).sum().backward(); R=a,w.grad
pairs of places | a=w*1; a[[0,1],[1,2]]-=3; (a**2).sum().backward(); R=a,w.grad
places twice | a=w*1; a[[0,0]]+=1; a.sum().backward(); R=a,w.grad
places twice, accumulated | a=T.zeros(3); a.index_add_(0,t([0,0,2]),p); a.sum().backward(); R=a,p.grad
mask of the wrong length | w[t([True,False])]
mask of another shape | a=w.detach(); a[T.ones(3,3,dtype=T.bool)]
index too large | w[t([3])]
index of floats | w[t([1.])]
negative steps | x[::-1]
view of what is no view | x.t().view(-1)
a minus one too many | x.view(-1,-1)
sizes that do not fit | x.view(5,-1)
views of views | a=w*1; v=a.view(2,6)[1].view(3,2)[:,0]; v.mul_(10); (a**2).sum().backward(); R=a,v,w.grad
diagonal of a view | a=T.zeros(4,4); a[1:,1:].diagonal().add_(1); a.t()[0].fill_(7); R=a
unfolded, summed | a=w.view(-1).unfold(0,4,2); a.sum().backward(); R=a,w.grad
as_strided windows | a=T.arange(8.).as_strided((3,4),(2,1)); R=a,a.sum(1)
expanded and written | a=T.zeros(3,1).expand(3,4); a[0,0]=1
cloned and written | a=T.zeros(3,1).expand(3,4).clone(); a[0,0]=1; R=a
squeezed too far | R=T.zeros(1,3,1).squeeze(-1).shape,T.zeros(1,3,1).squeeze().shape,T.zeros(2,3).squeeze(0).shape,T.zeros(1,1,3).squeeze((0,1)).shape
negative dimensions | a=T.randn(2,3,4); R=a.sum(-2),a.softmax(-3),a.transpose(-1,-3).shape,a.flatten(-2).shape,a.unsqueeze(-2).shape,T.stack([a,a],-1).shape,T.cat([a,a],-2).shape
dimension out of range | x.sum(2)
dimension out of range, unsqueeze | x.unsqueeze(4)
numbers without dimension | a=t(2.,requires_grad=True); b=a*a; b.backward(); R=b.shape,a.grad,b.item(),T.stack([a,b]),a.unsqueeze(0),a.view(1,1)
numbers iterated | list(t(1.))
numbers of a tensor | float(x)
a tensor of one as bool | R=bool(t([[0.]])),bool(t(3)),int(t([7])),[1,2,3][t(1)],'%.2f'%t(1.5),f'{t(2.5):.1f}'
truth of several | bool(t([1,2]))
in-place broadcast | a=T.zeros(2,3); a+=p.detach(); a*=t([[1.],[2.]]); R=a
in-place that would grow | a=T.zeros(3); a+=T.zeros(2,3)
in-place of another dtype | a=T.zeros(3,dtype=T.long); a+=1.5
in-place of a smaller dtype | a=T.zeros(3,dtype=T.half); a+=T.ones(3,dtype=T.double); R=a
in-place comparison | a=t([1.,2.]); a.gt_(1.5); R=a
integer division | R=t([7,-7])//2,t([7,-7])%3,t([7.,-7.])//2,T.div(t([7,-7]),2,rounding_mode='trunc'),t([7,-7])/2,-7//t(2)
mixed dtypes | R=t([1])+t([1.5]),t([1],dtype=T.half)*t(2.),t([1.])+t(1,dtype=T.double),t([True])+1,t([1],dtype=T.uint8)+t([1],dtype=T.int8),t(1)*1.5,t([1.],dtype=T.half)+t([1.],dtype=T.float32)
matrix product of two dtypes | T.ones(2,2)@T.ones(2,2,dtype=T.double)
linear of two dtypes | m(x.double())
loss of two dtypes | a=m(x); R=F.mse_loss(a,a.detach().double()).dtype==T.float64
labels of int32 | F.cross_entropy(m(x),y.int())
labels out of range | F.cross_entropy(m(x),y+1)
embedding out of range | F.embedding(t([5]),w)
embedding of floats | F.embedding(t([1.]),w)
gradient of integers | T.ones(3,dtype=T.long,requires_grad=True)
empty sums | a=T.zeros(0,3,requires_grad=True); l=a.sum(); l.backward(); R=l,a.grad,a.mean(),a.sum(0),a.prod(),T.zeros(0).norm(),a.t().shape
empty extremes | T.zeros(0).max()
empty along a side | T.zeros(0,3).max(0)
empty joined | R=T.cat([T.zeros(0),t([1.,2.])]),T.cat([T.zeros(0,3),T.zeros(2,3)]).shape
empty batches | a=m(T.zeros(0,4)); a.sum().backward(); R=a.shape,m[0].weight.grad
empty loss | R=F.cross_entropy(m(T.zeros(0,4)),T.zeros(0,dtype=T.long)),F.mse_loss(T.zeros(0),T.zeros(0))
empty convolution | R=F.conv2d(T.zeros(0,1,4,4),T.ones(2,1,3,3)).shape,F.relu(T.zeros(0)).shape,F.max_pool2d(T.zeros(0,1,4,4),2).shape
empty masks | a=x[x>100]; R=a,a.sum(),a.mean(),a.numel()
split unevenly | R=[a.shape for a in x.split(4)],[a.shape for a in x.split([1,5])],[a.shape for a in x.chunk(4)],[a.shape for a in x.tensor_split(4)]
split wrongly | x.split([1,2])
out of a product | o=T.empty(6,3); T.mm(x,w.detach().t(),out=o); R=o
out of a sum, resized | o=T.empty(0); T.sum(x,1,out=o); R=o
out that requires a gradient | T.add(x,1,out=w)
out of another dtype | o=T.empty(3,dtype=T.long); T.exp(p.detach(),out=o)
out of a maximum | a,b=T.empty(6),T.empty(6,dtype=T.long); T.max(x,1,out=(a,b)); R=a,b
hook that scales | p.register_hook(lambda g: g*2); (p**2).sum().backward(); R=p.grad
hook that returns another shape | p.register_hook(lambda g: g[:2]); (p**2).sum().backward()
hook on the middle | L=[]; a=p*2; a.register_hook(lambda g: L.append(g.clone())); a.retain_grad(); (a**2).sum().backward(); R=L,a.grad,p.grad
forward hook that replaces | h=m[1].register_forward_hook(lambda k,i,o: o*0); R=m(x); h.remove(); R=R,m(x)
forward pre-hook that replaces | m[2].register_forward_pre_hook(lambda k,i: (i[0]+1,)); R=m(x)
features by hooks | A={}; [k.register_forward_hook(lambda k,i,o,n=n: A.__setitem__(n,o.detach().mean())) for n,k in m.named_children()]; m(x); R=A
straight-through | a=(p>0).float()+p-p.detach(); a.sum().backward(); R=a,p.grad
custom step function | \\nclass S(T.autograd.Function):\\n @staticmethod\\n def forward(c,a): c.save_for_backward(a); return a.sign()\\n @staticmethod\\n def backward(c,g): a,=c.saved_tensors; return g*(a.abs()<2)\\na=S.apply(p); a.sum().backward(); R=a,p.grad
custom with numbers | \\nclass S(T.autograd.Function):\\n @staticmethod\\n def forward(c,a,k): c.k=k; return a*k\\n @staticmethod\\n def backward(c,g): return g*c.k,None\\na=S.apply(p,3.); a.sum().backward(); R=a,p.grad
custom of a wrong count | \\nclass S(T.autograd.Function):\\n @staticmethod\\n def forward(c,a,k): return a*k\\n @staticmethod\\n def backward(c,g): return g\\nS.apply(p,3.).sum().backward()
custom of a wrong shape | \\nclass S(T.autograd.Function):\\n @staticmethod\\n def forward(c,a): return a*2\\n @staticmethod\\n def backward(c,g): return g[:2]\\nS.apply(p).sum().backward()
custom twice differentiated | \\nclass S(T.autograd.Function):\\n @staticmethod\\n def forward(c,a): c.save_for_backward(a); return a**3\\n @staticmethod\\n def backward(c,g): a,=c.saved_tensors; return g*3*a**2\\ng,=T.autograd.grad(S.apply(p).sum(),p,create_graph=True); g.sum().backward(); R=g,p.grad
custom of two results | \\nclass S(T.autograd.Function):\\n @staticmethod\\n def forward(c,a): c.set_materialize_grads(False); return a*2,a*3\\n @staticmethod\\n def backward(c,g,h): return (g*2 if g is not None else 0)+(h*3 if h is not None else 0)\\na,b=S.apply(p); b.sum().backward(); R=a,b,p.grad
custom that is dirty | \\nclass S(T.autograd.Function):\\n @staticmethod\\n def forward(c,a): a.mul_(2); c.mark_dirty(a); return a\\n @staticmethod\\n def backward(c,g): return g*2\\na=p*1; b=S.apply(a); b.sum().backward(); R=a,b is a,p.grad
reversed gradient | \\nclass S(T.autograd.Function):\\n @staticmethod\\n def forward(c,a,k): c.k=k; return a.view_as(a)\\n @staticmethod\\n def backward(c,g): return -c.k*g,None\\nS.apply(m[:2](x),.1).sum().backward(); R=m[0].weight.grad
backward twice | l=(p**2).sum(); l.backward(); l.backward()
backward of a vector | (p**2).backward()
backward of what needs none | x.sum().backward()
saved value changed | a=p.exp(); a[0]=1; a.sum().backward()
leaf changed | p[0]=1
leaf changed in place | p.add_(1)
leaf changed without gradients | \\nwith T.no_grad(): p.add_(1); p[0]=9\\n(p**2).sum().backward(); R=p,p.grad
gradient of the unused | T.autograd.grad(p.sum(),w)
gradient of the unused, allowed | R=T.autograd.grad(p.sum(),[w,p],allow_unused=True)[1]
gradient materialized | R=T.autograd.grad(p.sum(),[w,p],materialize_grads=True)
gradient with weights | R=T.autograd.grad(p*p,p,grad_outputs=t([1.,0.,2.]))
gradient with weights of another shape | T.autograd.grad(p*p,p,grad_outputs=t([1.]))
penalty | a=x.clone().requires_grad_(); g,=T.autograd.grad(m(a).sum(),a,create_graph=True); l=((g.norm(2,dim=1)-1)**2).mean(); l.backward(); R=l,m[0].weight.grad
hessian by rows | a=(p**3).sum(); g,=T.autograd.grad(a,p,create_graph=True); R=T.stack([T.autograd.grad(e,p,retain_graph=True)[0] for e in g])
mixed second derivative | a=t(2.,requires_grad=True); b=t(3.,requires_grad=True); g,=T.autograd.grad(a**2*b**3,a,create_graph=True); R=T.autograd.grad(g,b)
detached branch | a=p*2; b=a.detach()*p; b.sum().backward(); R=p.grad,b.requires_grad
gradients off, then asked for | \\nwith T.no_grad(): a=p*2\\na.requires_grad_(); (a**2).sum().backward(); R=a.grad,p.grad
inference mode | \\nwith T.inference_mode(): a=p*2\\nR=a.requires_grad,a.is_leaf
frozen layers | m[0].requires_grad_(False); m(x).sum().backward(); R=m[0].weight.grad,m[2].weight.grad
causal mask | a=T.randn(4,4); k=T.triu(T.ones(4,4,dtype=T.bool),1); R=a.masked_fill(k,-inf).softmax(-1)
fully masked row | a=T.zeros(2,3).masked_fill(t([[True,True,True],[False,True,False]]),-inf); R=a.softmax(-1)
padding mask from lengths | n=t([1,3,2]); R=T.arange(3)[None]<n[:,None],(T.arange(3)[None]<n[:,None]).float().sum(1)
mean over what is kept | k=(x>0).float(); R=(x*k).sum(1)/k.sum(1).clamp(min=1)
where with numbers | R=T.where(x>0,1,0),T.where(x>0,x,0.),T.where(x>0,1.,x.double()).dtype==T.float64,T.where(t([True,False]))
one-hot by scatter | R=T.zeros(6,3).scatter_(1,y[:,None],1.),T.zeros(6,3).scatter(1,y[:,None],T.ones(6,1)*2)
class means | R=T.zeros(3,4).index_add_(0,y,x)/T.bincount(y,minlength=3)[:,None]
confusion matrix | R=T.zeros(3,3,dtype=T.long).index_put_((y,t([0,1,1,1,0,2])),t(1),accumulate=True)
top-k accuracy | a=m(x); k=a.topk(2,1)[1]; R=(k==y[:,None]).any(1).float().mean()
sorted back | i=x[:,0].argsort(); R=x[i][i.argsort()]==x
nearest by argmin | d=((x[:,None]-x[None])**2).sum(-1)+T.eye(6)*1e9; R=d.argmin(1)
moving average | R=x.cumsum(0)/T.arange(1,7)[:,None]
outer sums | R=(p[:,None]+p[None]).detach(),T.outer(p,p),T.einsum('i,j->ij',p,p)
attention by hand | q,k,v=(x@T.randn(4,4) for _ in range(3)); a=(q@k.T/2).softmax(-1)@v; R=a
batched heads | q=T.randn(2,5,8).view(2,5,2,4).transpose(1,2); a=q@q.transpose(-2,-1); R=(a.softmax(-1)@q).transpose(1,2).reshape(2,5,8)
heads seen without a copy | T.randn(2,5,2,4).transpose(1,2).view(2,5,8)
normalised by hand | a=m(x); a=(a-a.mean(0))/(a.var(0,unbiased=False)+1e-5).sqrt(); a[:,0].sum().backward(); R=a,m[0].bias.grad
batch norm of one | nn.BatchNorm1d(3)(T.randn(1,3))
dropout in eval | d=nn.Dropout(.5).eval(); R=d(x)
parameters as a vector | v=nn.utils.parameters_to_vector(m.parameters()); nn.utils.vector_to_parameters(v*0,m.parameters()); R=v,m(x)
wrong keys | m.load_state_dict({'0.weight':T.zeros(5,4)})
wrong shapes | d=m.state_dict(); d['0.weight']=T.zeros(2,2); m.load_state_dict(d)
loose keys | R=m.load_state_dict({'0.weight':T.zeros(5,4),'z':T.zeros(1)},strict=False)
module without forward | nn.Module()(x)
parameter set before init | \\nclass K(nn.Module):\\n def __init__(s): s.w=nn.Parameter(T.zeros(1))\\nK()
parameter replaced by a tensor | m[0].weight=T.zeros(5,4)
lists of layers | k=nn.ModuleList([nn.Linear(2,2) for _ in range(3)]); k.append(nn.Linear(2,1)); R=len(k),[n for n,_ in k.named_parameters()],k[-1].weight.shape,len(k[1:])
dictionaries of layers | k=nn.ModuleDict({'a':nn.Linear(1,1),'b':nn.ReLU()}); R=list(k),'a' in k,[n for n,_ in k.named_modules()]
applied | m.apply(lambda k: nn.init.constant_(k.weight,.5) if isinstance(k,nn.Linear) else None); R=m(x)
""")

# Steps s(x) of which each is run four times, as it is and compiled; what E() tells is seen at the end.
STEPS = table("""
groups of parameters | o=T.optim.SGD([{'params':m[0].parameters(),'lr':.01},{'params':m[2].parameters(),'weight_decay':.1}],lr=.1,momentum=.9,nesterov=True)\\ndef s(x): o.zero_grad(); l=F.cross_entropy(m(x),y); l.backward(); o.step(); return l
decay of weights alone | o=T.optim.AdamW([{'params':[q for q in m.parameters() if q.ndim>1]},{'params':[q for q in m.parameters() if q.ndim<2],'weight_decay':0.}],lr=.05,betas=(.8,.9),amsgrad=True)\\ndef s(x): o.zero_grad(); l=F.cross_entropy(m(x),y); l.backward(); o.step(); return l
accumulated in two | o=T.optim.SGD(m.parameters(),.1)\\ndef s(x):\\n o.zero_grad()\\n for h in x.chunk(2): (m(h)**2).mean().div(2).backward()\\n o.step()
clipped by norm | o=T.optim.Adam(m.parameters(),.05)\\ndef s(x): o.zero_grad(); l=F.cross_entropy(m(x),y); l.backward(); n=nn.utils.clip_grad_norm_(m.parameters(),.5); o.step(); return l,n
clipped by value | o=T.optim.RMSprop(m.parameters(),.01,centered=True,momentum=.5)\\ndef s(x): o.zero_grad(); l=F.cross_entropy(m(x),y); l.backward(); nn.utils.clip_grad_value_(m.parameters(),.1); o.step(); return l
average of weights | g=copy.deepcopy(m); o=T.optim.SGD(m.parameters(),.1)\\ndef s(x):\\n o.zero_grad(); l=F.cross_entropy(m(x),y); l.backward(); o.step()\\n with T.no_grad():\\n  for a,b in zip(g.parameters(),m.parameters()): a.mul_(.9).add_(b,alpha=.1)\\n return l,g(x)
teacher and student | g=copy.deepcopy(m).eval().requires_grad_(False); o=T.optim.SGD(m.parameters(),.1)\\ndef s(x):\\n o.zero_grad(); l=F.kl_div((m(x)/2).log_softmax(1),(g(x)/2).softmax(1),reduction='batchmean')*4+F.cross_entropy(m(x),y); l.backward(); o.step(); return l
two players | g=nn.Linear(4,4); a,b=T.optim.Adam(g.parameters(),.01),T.optim.Adam(m.parameters(),.01)\\ndef s(x):\\n f=g(x); b.zero_grad(); l=F.softplus(-m(x)).mean()+F.softplus(m(f.detach())).mean(); l.backward(); b.step()\\n a.zero_grad(); k=F.softplus(-m(f)).mean(); k.backward(); a.step(); return l,k
warm-up by lambda | o=T.optim.SGD(m.parameters(),.1); c=T.optim.lr_scheduler.LambdaLR(o,lambda k:min(1.,(k+1)/3))\\ndef s(x): o.zero_grad(); l=F.cross_entropy(m(x),y); l.backward(); o.step(); c.step(); return l
cosine | o=T.optim.Adam(m.parameters(),.1); c=T.optim.lr_scheduler.CosineAnnealingLR(o,3,eta_min=.01)\\ndef s(x): o.zero_grad(); l=F.cross_entropy(m(x),y); l.backward(); o.step(); c.step(); return l
frozen in the step | o=T.optim.SGD([q for q in m.parameters()],.1)\\ndef s(x):\\n o.zero_grad(); h=m[0](x).detach(); l=F.cross_entropy(m[2](m[1](h)),y); l.backward(); o.step(); return l
penalised | o=T.optim.SGD(m.parameters(),.1)\\ndef s(x): o.zero_grad(); l=F.cross_entropy(m(x),y)+.01*sum(q.abs().sum() for q in m.parameters()); l.backward(); o.step(); return l
batch statistics | k=nn.Sequential(nn.Linear(4,3),nn.BatchNorm1d(3)); o=T.optim.SGD(k.parameters(),.1)\\ndef s(x): o.zero_grad(); l=F.cross_entropy(k(x),y); l.backward(); o.step(); return l,k[1].running_mean,k[1].num_batches_tracked
masked loss | o=T.optim.SGD(m.parameters(),.1)\\ndef s(x):\\n o.zero_grad(); k=(x.sum(1)>0).float(); l=(F.cross_entropy(m(x),y,reduction='none')*k).sum()/k.sum().clamp(min=1); l.backward(); o.step(); return l
written by mask | o=T.optim.SGD(m.parameters(),.1)\\ndef s(x):\\n o.zero_grad(); a=m(x); a=a.masked_fill(a<0,-1.); l=(a**2).mean(); l.backward(); o.step(); return l
written in place | o=T.optim.SGD(m.parameters(),.1)\\ndef s(x):\\n o.zero_grad(); a=m(x)*1; a[:,0]=0; a[1].add_(2); l=(a**2).mean(); l.backward(); o.step(); return l,a
of two dtypes | o=T.optim.SGD(m.parameters(),.1)\\ndef s(x): o.zero_grad(); l=F.mse_loss(m(x).double(),T.ones(6,3,dtype=T.double)); l.backward(); o.step(); return l
zeros, not none | o=T.optim.Adam(m.parameters(),.1)\\ndef s(x): l=F.cross_entropy(m(x),y); l.backward(); o.step(); o.zero_grad(set_to_none=False); return l,[q.grad for q in m.parameters()]
looked at after | o=T.optim.SGD(m.parameters(),.1); L=[]\\ndef s(x): l=F.cross_entropy(m(x),y); l.backward(); L.append(m[0].weight.grad.norm()); o.step(); o.zero_grad(); return l,L[-1]
""")

TAIL = "\nR = [s(x * k) for k in (1.0, 1.0, 0.5, 2.0)], list(m.parameters())"
PROGRAMS = {name: BEGIN + program for name, program in LINES.items()}
PROGRAMS |= {name: BEGIN + program.lstrip("\n") + TAIL for name, program in STEPS.items()}
PROGRAMS |= {
    f"{name}, compiled": BEGIN + program.lstrip("\n") + "\ns = compiled(s)" + TAIL for name, program in STEPS.items()
}

COMPUTED_HERE = {
    "backward twice",  # a record may always be gone through again
    "labels of int32",  # labels are of any integers
}

test_program, test_named = comparisons(PROGRAMS, COMPUTED_HERE, set(), set())
