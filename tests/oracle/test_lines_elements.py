"""Integers, truths, dtypes, indices and memory as people meet them, against PyTorch."""

from tests.oracle.lines import comparisons, table

BEGIN = """
x = T.arange(24).view(2, 3, 4)
f = T.arange(12.).view(3, 4)
u = t([250, 3, 128], dtype=T.uint8)
i = t([7, -7, 3, -3])
b = t([True, False, True])
"""

WORK = table(r"""
bytes wrap | R=u+10,u*2,-u,u-4,u//3,u%7,u+u,u**2,~u,u.sum(),u.cumsum(0),u.prod(),u.float().mean(),u>>1,u<<1,u&15,u|1,u^255,u.max(),u.neg()
bytes and numbers | R=u+1.5,u/2,u+True,u*b,u+i[:3],u==250,u>-1,T.add(u,1,alpha=3),u.to(T.int8),u.int()+u,u.double()/u
small integers | a=t([127,-128],dtype=T.int8); R=a+1,a-1,-a,a.abs(),a*a,a//-1,a.sum(),a.short()*2,a<<1,a>>1,~a,a%5,a.float()/3,T.fmod(a,5)
integer division | R=[T.div(i,d,rounding_mode=r) for d in (2,-2,t(2),t([2,-2,2,-2])) for r in ('floor','trunc',None)],i//2,i%3,i%-3,T.fmod(i,-3),i.div(2.),i.float()//2,divmod(7,2),T.floor_divide(i,-2),5//i,5%i,5/i
integer powers | R=i**2,i**3,2**t([0,1,5]),i.float()**-1,t([2,3])**t([3,2]),t(2)**0.5,t([2.])**t([3]),T.pow(2,t([1.,2.])),i.square(),t([True])*3,t([4]).sqrt(),t([0.])**0,t([-8.])**(1/3)
shifts | R=t([1,2,-8])<<2,t([16,-16,5])>>2,t([1],dtype=T.int32)<<t([3],dtype=T.int32),1<<t([0,3]),T.bitwise_left_shift(t([3]),2),T.bitwise_right_shift(t([-9]),1)
truths counted | R=b.sum(),b.sum().dtype==T.int64,b.float().mean(),b*1,b+b,b&b.flip(0),b|False,b^True,~b,b.any(),b.all(),b.cumsum(0),b.prod(),b.argmax() if 0 else b.int().argmax(),b.nonzero(),b.count_nonzero(),b.logical_not(),(b>0),b==1,b.to(T.uint8),b.long()-b.long().flip(0),b.max(),b/2,b*2.5
truths that are refused | R=b-b
truths negated | R=-b
means of integers | R=i.mean()
dtypes of results | D=[T.uint8,T.int8,T.int16,T.int32,T.int64,T.float32,T.float64,T.bool]; R=[[str(T.promote_types(a,c)) for c in D] for a in D],[str((T.ones(1,dtype=a)+T.ones((),dtype=c)).dtype) for a in D for c in D],[str((T.ones(1,dtype=a)*2.5).dtype) for a in D],[str((T.ones(1,dtype=a)*2).dtype) for a in D],[str(T.ones(2,dtype=a).sum().dtype) for a in D],[str(T.ones(2,dtype=a).cumsum(0).dtype) for a in D],[str((T.ones(2,dtype=a)/T.ones(2,dtype=a)).dtype) for a in D]
dtypes of functions | D=[T.uint8,T.int32,T.int64,T.bool]; R=[[str(g(T.ones(2,dtype=a)).dtype) for a in D] for g in (T.exp,T.sqrt,T.sin,T.sigmoid,T.sign,T.isnan,T.isfinite,T.log1p,T.reciprocal,T.tanh,T.erf,T.atan)]
where with numbers | c=f>5; R=T.where(c,f,0),T.where(c,1,f),T.where(c,1,0),T.where(c,1.,0),T.where(c,f,t(2)),T.where(c,t(1),t(2.5)),T.where(c,i[0],f),f.where(c,-1.),T.where(c,True,False),T.where(c[0],f,f.flip(0)),T.where(c,nan,f).isnan().sum(),T.where(c)
where and its gradient | a=f.clone().requires_grad_(); T.where(a>5,a.log(),a*0).sum().backward(); e=t(2.,requires_grad=True); T.where(a.detach()>5,e,a.detach()).sum().backward(); R=a.grad,e.grad
masks and integers | R=x[:,b],x[...,t([True,False,True,True])],x[t([True,False]),:,1],x[0,b,-1],x[t([False,True]),b],x[x%2==0],x[1][b],x[:,b,None],x[None,...,0],x[b[:2]],x[t([1,0]),b.nonzero()[:,0]]
masks that do not fit | R=x[t([True,False,True])]
slices that step back | R=x[::-1]
written through masks | a=f.clone(); a[a>8]=-1; a[b]+=100; a[b,0]=t([7.,8.]); a[:,t([True,False,False,True])]*=2; a[1,a[1]>5]=0; a[~b]=a[b][:1]; R=a
written with an ellipsis | a=x.clone(); a[...,0]=9; a[0,...]=a[1]; a[...,None,1]=t([[[1],[2],[3]]]); a[None,0,1]=5; a[:,::2,1::2]=-a[:,::2,1::2]; a[-1,-1,-1]=99; R=a
written by lists | a=f.clone(); a[[0,2],[1,3]]=t([5.,6.]); a[[1]]=0; a[:,[0,0]]=1; a[t([[0],[1]]),t([2,3])]=t([[1.,2.],[3.,4.]]); a[0,[True,False,True,False]]=-5; R=a
a shape that does not fit is refused | a=f.clone(); a[:2]=T.ones(3,4)
written beyond the end is refused | a=f.clone(); a[5]=1
written with another dtype | a=x.clone(); a[0]=2.7; a[1,0]=T.ones(4)*1.9; c=f.clone(); c[0]=x[0,0]; c[1]=b[0]; d=b.clone(); d[0]=0; d[1]=5; R=a,c,d
views written under no_grad | w=nn.Parameter(f.clone()); v=w*1\nwith T.no_grad(): w[0].zero_(); w[:,1].add_(1); w.view(-1)[5:7]=9; w.t()[3]*=2; w.diagonal().fill_(4); w[w>8]=8; w.data[1:].neg_()\nR=w,w.requires_grad,w.is_leaf,v
views of views | a=T.zeros(2,6); c=a.view(3,4)[1:]; d=c.t()[2]; d+=1; a.unfold(1,2,2)[0,1]=7; c.narrow(0,1,1).fill_(3); e=a.select(1,5).unsqueeze(0).expand(2,2).clone(); a.squeeze().unbind(1)[0].copy_(t([5.,6.])); R=a,c,d,e
results put elsewhere | o=T.empty(3,4); T.add(f,1,out=o); q=T.empty(0); T.matmul(f,f.t(),out=q); s,k=T.empty(0),T.empty(0,dtype=T.long); T.max(f,1,out=(s,k)); z=T.zeros(3,4); T.mul(f,f,out=z[:]); T.exp(f*0,out=o); R=o,q,s,k,z,T.cat([f,f],out=T.empty(0)).shape,T.sort(f,1,descending=True,out=(T.empty(0),T.empty(0,dtype=T.long)))
results of another dtype elsewhere | o=T.empty(3,4,dtype=T.long); T.add(f,1,out=o)
results wider elsewhere | o=T.empty(3,4,dtype=T.double); T.add(f,1,out=o); R=o
results elsewhere with gradients | a=f.clone().requires_grad_(); T.mul(a,2,out=T.empty(3,4))
compared with tolerance | R=T.isclose(t([1.,nan,inf]),t([1.+1e-6,nan,inf])),T.isclose(t([nan]),t([nan]),equal_nan=True),T.allclose(f,f+1e-9),T.equal(f,f.double()) if 0 else T.equal(x,x.clone()),(f==f.T.T).all(),T.eq(f,t(5.)),f.ne(5).sum(),T.isin(x,t([3,4])),T.maximum(f,t(5.)),T.minimum(x,t(5))
rounding | v=t([-2.5,-1.5,-.5,.5,1.5,2.5,1.005]); R=v.round(),v.floor(),v.ceil(),v.trunc(),v.frac(),v.round(decimals=2),v.int(),v.long(),v.sign(),v.clamp(-1,t(2.)),v.clamp(min=t([0.])),v.clip(max=1),T.clamp(i,-3,3),T.clamp(i,min=-2.5),v.remainder(1),v.fmod(1),v.nextafter(t(9.))
not finite | v=t([nan,inf,-inf,1.]); R=v.nan_to_num(),v.nan_to_num(1,2,3),v.isnan(),v.isinf(),v.isfinite(),v.nansum(),v.max(),v.argmax(),v.min(),v.sort(),v.clamp(0,5),v.sum(),v.softmax(0),v.isposinf(),v[:1]==v[:1],v.relu(),v.abs(),v.sigmoid(),T.nanmean(v[[0,3]]),v.sign(),(v>0),T.maximum(v,t(0.)),T.fmax(v,t(0.)),v.nanmedian(),v.cummax(0)
reductions over several | R=x.sum((0,2)),x.float().mean((1,2),keepdim=True),x.float().std((0,1)),x.amax((0,1)),x.float().norm(dim=(1,2)),x.prod(2),x.any(1),x.all(),x.max(1).indices,x.float().var(1,unbiased=False),x.argmin(),x.float().logsumexp((0,1)),x.count_nonzero((0,1)),x.float().median(1),x.sum(-1,dtype=T.double),x.aminmax(),x.float().quantile(t([.25,.5]),dim=2),x.float().nanmean(1),x.sum(()) if 0 else x.sum([]),x.mode(2).values,x.float().mean(axis=0),x.diff(dim=2),x.float().cov if 0 else f.cov(),f.corrcoef()
sorted and found | v=t([3,1,2,3,1]); R=v.sort(stable=True),v.topk(2),v.topk(2,largest=False,sorted=True)[0],v.unique(),v.unique(return_inverse=True),v.unique(return_counts=True),v.bincount(),v.bincount(weights=T.arange(5.)),v.msort(),v.kthvalue(3)[0],T.searchsorted(v.sort()[0],t([2,4]),right=True),v.argsort(descending=True,stable=True),v.eq(3).nonzero(),v.flip(0),v.roll(2),T.unique(t([[1,2],[1,2],[0,1]]),dim=0),v.float().histc(3),v.cummin(0),T.combinations(v[:3]),T.cartesian_prod(v[:2],v[2:4]),v.tolist(),T.bucketize(v,t([1,2]))
made | R=T.arange(5),T.arange(0,1,.3),T.arange(5,0,-2),T.linspace(0,1,4),T.logspace(0,2,3),T.eye(2,3),T.full((2,),7),T.full((2,),7.),T.zeros(2,dtype=T.bool),T.ones_like(b),T.empty(0).shape,T.tril_indices(3,3),T.triu_indices(2,3,1),T.tensor([[1,2],[3,4.]]),T.tensor(3).shape,T.as_tensor([True]),T.zeros(()).item(),T.diag(t([1,2])),T.block_diag(t([[1]]),t([[2]])),T.vander(t([1,2,3])),f.new_full((2,),3),f.new_tensor([1,2]),T.zeros_like(f,dtype=T.int32),T.meshgrid(t([1,2]),t([3,4]),indexing='ij'),T.tensor(np.arange(3)),T.from_numpy(np.ones(2,np.float32)),T.tensor(np.float32(2.)),T.tensor(np.array(5)),T.scalar_tensor(3.)
joined and cut | R=T.cat([x,x.float()],1).dtype==T.float32,T.stack([f,f],-1),f.chunk(3,1),f.split([1,2]),f.tensor_split(2,1),T.hstack([f,f]),T.vstack([f,f[0]]),T.dstack([f,f]).shape,T.column_stack([f[:,0],f]),x.unbind(1),f.repeat(2,1),f.repeat_interleave(t([1,0,2]),0),f.tile(2),T.cat([f[:0],f]),f.swapaxes(0,1),x.movedim(0,-1),x.permute(2,0,1),f.flatten(),x.flatten(1),f.unflatten(1,(2,2)),x.transpose(-1,-2),f.unsqueeze(-1),f[None].squeeze(0),f.expand(2,3,4),T.broadcast_tensors(f,f[0])[1],f.narrow(1,1,2),f.take_along_dim(f.argsort(1,descending=True),1),f.index_select(0,t([2,0])),f.gather(1,t([[0],[1],[2]])),f.diagonal(1),f.tril(-1),f.rot90(),f.ravel(),T.atleast_2d(t(1.)),f.as_strided((2,2),(4,1),1)
read as Python | R=int(t(3.7)),float(t(3)),bool(t(0)),t([5]).item(),list(t([1,2])),len(x),[int(v) for v in t([1,2])],range(t(3)),[1,2,3][t(1)],'%d'%t(3),f'{t(2.5):.2f}',t(3)==3,{t(3).item():1}[3],sum(t([1,2])),max(t([1,3])),sorted(t([3,1])),t(5)//2,round(t(2.567).item(),2),t([1,2]).numpy().tolist(),x.shape[1],x.size(-1),tuple(x.size()),x.dim(),x.numel(),x.element_size(),x.nbytes,f.type(),str(f.dtype),f.is_floating_point(),t(True)+1
a tensor with several numbers is no truth | R=1 if t([1,2]) else 0
a vector is no number | R=float(t([1.,2.]))
products of kinds | a=T.ones(2,3); v=t([1.,2.,3.]); R=a@v,v@v,v@a.t(),T.ones(2,1,2,3)@T.ones(4,3,2),x@x.transpose(1,2),T.outer(v,v),v.dot(v),T.mv(a,v),T.bmm(T.ones(2,1,2),T.ones(2,2,1)),T.addmm(T.ones(2,2),a,a.t(),beta=.5,alpha=2),T.baddbmm(T.ones(1,1,1),T.ones(1,1,2),T.ones(1,2,1)),T.einsum('bi,bj->bij',a,a),T.einsum('...i,i->...',a,v),T.einsum('ii',T.ones(3,3)),T.tensordot(a,a,2),T.kron(a,t([[1.,2.]])),T.inner(a,v),T.cross(v,v.flip(0),dim=0),T.linalg.multi_dot([a,a.t(),a]),T.matrix_power(T.ones(2,2),3),T.chain_matmul(a,a.t()),v.vdot(v),T.trace(T.ones(2,2)),x.long()@x.long().mT
products of two dtypes are refused | R=f@f.t().double()
a product of integers and floats is refused | R=x[0]@f.t()
halves | h=f.half()/3; R=h.sum(),h.mean(),h+1,h*h,h.float(),(h@h.t()).shape,h.max(),h.softmax(1),h+f,h*2.5,h.half().dtype==T.float16,h.exp().dtype==T.float16,T.finfo(T.float16).max,h.norm()
float64 stays | d=f.double(); R=d.mean(),d+1,d*f,d/3,d.softmax(0),d.std(),T.linalg.norm(d),d.sum().item(),T.tensor(1/3,dtype=T.double),d.float().double()-d/1,F.linear(d,d),T.randn(2,dtype=T.double)
memory that is shared | n=np.zeros(3); a=T.from_numpy(n); a+=1; n[0]=9; c=a.numpy(); c[1]=8; d=T.tensor(n); n[2]=7; e=a.clone(); a.zero_(); R=a,n.tolist(),d,e,T.as_tensor(n).data_ptr()==a.data_ptr()
in place with other kinds | a=t([1,2]); a*=2; a+=True; a//=2; a-=1; c=t([1.,2.]); c+=t([1,2]); c/=3; c**=2; c%=1; d=u.clone(); d+=10; d*=3; d>>=1; d&=63; d|=64; d^=1; R=a,c,d
in place cannot turn integers into floats | a=t([1,2]); a/=2
in place cannot grow | a=T.ones(3); a+=T.ones(2,3)
random integers | g=T.Generator().manual_seed(4); R=T.randint(5,(3,),generator=g),T.randint(-2,2,(4,),generator=g,dtype=T.int8),T.randperm(4,generator=g),T.rand(2,generator=g),T.randint_like(f,7),T.randint(2,(2,2)).bool(),T.bernoulli(T.full((4,),.5)),T.empty(3).uniform_(-1,1),T.empty(3).exponential_(),T.empty(4,dtype=T.long).random_(10),T.multinomial(t([.1,.9]),3,True),T.normal(0.,1.,(2,)),T.normal(f[0],f[0]+1),T.poisson(f[0]),T.empty(3).log_normal_(),T.empty(2).cauchy_(),T.empty(3).geometric_(.4)
""")

PROGRAMS = {name: BEGIN + program.lstrip("\n") for name, program in WORK.items()}

test_program, test_named = comparisons(PROGRAMS, set(), set(), set())
